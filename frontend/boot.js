// Runs before the first paint: tells the style sheet that scripts work.
document.documentElement.classList.add('js');
